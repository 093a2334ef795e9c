-- What is open to the internet?
-- Network interfaces, load balancers and databases with a public address, behind a security group that
-- lets 0.0.0.0/0, ::/0 or half of the internet in (or a network load balancer without one), in a subnet
-- that routes there through an internet gateway; Kubernetes endpoints; and what the findings call public.
-- NOT KNOWN names the group, route or field that is not known. NAT gateways let nobody in and are left out.
-- Columns: accountname, way, ports, serves
-- Rests on: AWS::EC2::NetworkInterface, AWS::EC2::SecurityGroup, AWS::EC2::PrefixList, AWS::EC2::Subnet
-- Rests on: AWS::EC2::RouteTable, AWS::ElasticLoadBalancingV2::LoadBalancer, AWS::EKS::Cluster
-- Rests on: AWS::ElasticLoadBalancingV2::Listener, AWS::ElasticLoadBalancing::LoadBalancer
-- Rests on: AWS::RDS::DBSubnetGroup, AWS::Redshift::ClusterSubnetGroup
-- Rests on: PUBLIC_DATABASE, PUBLIC_BUCKET, PUBLIC_FUNCTION, PUBLIC_SNAPSHOT, PUBLIC_IMAGE
-- Rests on: PUBLIC_DATABASE_SNAPSHOT, PUBLIC_SEARCH_DOMAIN, PUBLIC_RESOURCE_POLICY
    WITH ends AS (
        SELECT resourcetype, accountid, awsregion, resourcename, arn, relationships,
            CASE
                WHEN regexp_like(configuration, '"RequesterManaged":\s*true')
                    THEN json_extract_scalar(configuration, '$.Description')
            END AS described,
            CASE
                WHEN resourcetype = 'AWS::EC2::NetworkInterface' THEN 'public address'
                WHEN resourcetype LIKE '%LoadBalancer' THEN 'internet-facing load balancer'
                ELSE 'public database'
            END AS way,
            CASE
                WHEN resourcetype = 'AWS::EC2::NetworkInterface'
                    THEN array_join(array_sort(array_distinct(regexp_extract_all(
                        configuration, '"PublicIp":\s*"([0-9.]+)"', 1
                    ))), ', ')
                WHEN coalesce(json_extract_scalar(configuration, '$.IpAddressType'), '')
                    <> 'dualstack-without-public-ipv4'
                    THEN 'its endpoint'
                ELSE ''
            END AS ipv4,
            CASE
                WHEN resourcetype = 'AWS::EC2::NetworkInterface'
                    THEN array_join(array_sort(array_distinct(regexp_extract_all(
                        configuration, '"Ipv6(?:Address|Prefix)":\s*"([23][0-9a-f]{3}:[0-9a-f:/]*)"', 1
                    ))), ', ')
                WHEN json_extract_scalar(configuration, '$.IpAddressType') LIKE 'dualstack%'
                    THEN 'its endpoint'
                ELSE ''
            END AS ipv6,
            CASE
                WHEN resourcetype = 'AWS::EC2::NetworkInterface'
                    THEN regexp_like(
                        configuration, '"InterfaceType":\s*"network_load_balancer"'
                    )
                ELSE coalesce(json_extract_scalar(configuration, '$.Type'), '') = 'network'
            END AS isnetworkbalancer,
            CASE
                WHEN resourcetype <> 'AWS::EC2::NetworkInterface'
                    AND resourcetype NOT LIKE '%LoadBalancer'
                    THEN TRY_CAST(coalesce(
                        json_extract_scalar(configuration, '$.Endpoint.Port'),
                        json_extract_scalar(configuration, '$.Port')
                    ) AS integer)
            END AS port
        FROM resources
        WHERE resourcetype IN (
                'AWS::EC2::NetworkInterface', 'AWS::ElasticLoadBalancingV2::LoadBalancer',
                'AWS::ElasticLoadBalancing::LoadBalancer', 'AWS::RDS::DBInstance',
                'AWS::RDS::DBCluster', 'AWS::Neptune::DBInstance', 'AWS::DocDB::DBInstance',
                'AWS::Redshift::Cluster'
            )
            AND CASE
                WHEN resourcetype = 'AWS::EC2::NetworkInterface'
                    THEN regexp_like(configuration, '"(PublicIp|Ipv6Address|Ipv6Prefix)"')
                    AND NOT regexp_like(
                        configuration, '"InterfaceType":\s*"(nat_gateway|natGateway)"'
                    )
                WHEN resourcetype LIKE '%LoadBalancer'
                    THEN json_extract_scalar(configuration, '$.Scheme') = 'internet-facing'
                ELSE json_extract_scalar(findings, '$.PUBLIC_DATABASE') = 'true'
            END
    ),
    faces AS (
        SELECT ends.arn, ends.resourcetype, ends.accountid, ends.awsregion, ends.resourcename,
            ends.way, ends.isnetworkbalancer, ends.port, families.family,
            CASE families.family WHEN 'IPv4' THEN ends.ipv4 ELSE ends.ipv6 END AS addresses
        FROM ends
        CROSS JOIN (VALUES ('IPv4'), ('IPv6')) AS families (family)
        WHERE CASE families.family WHEN 'IPv4' THEN ends.ipv4 ELSE ends.ipv6 END <> ''
    ),
    named AS (
        SELECT DISTINCT ends.arn, ends.accountid, ends.awsregion,
            json_extract_scalar(edge, '$.resourceType') AS targettype,
            json_extract_scalar(edge, '$.target') AS target
        FROM ends
        CROSS JOIN UNNEST(TRY_CAST(TRY(json_parse(ends.relationships)) AS array(json)))
        AS entries (edge)
    ),
    states AS (
        SELECT accountid, awsregion, listing, reason
        FROM unknown_listings
        WHERE service = 'ec2' AND reason <> 'LAKE_NOT_READABLE'
    ),
    lists AS (
        SELECT resourceid, accountid, awsregion,
            CASE
                WHEN NOT regexp_like(unreadable, '\.Entries"')
                    THEN json_format(json_extract(supplementaryconfiguration, '$.Entries'))
            END AS ranges
        FROM resources
        WHERE resourcetype = 'AWS::EC2::PrefixList'
    ),
    families (family) AS (
        VALUES ('IPv4'), ('IPv6')
    ),
    security_groups AS (
        SELECT resourceid, accountid, awsregion,
            TRY_CAST(json_extract(configuration, '$.IpPermissions') AS array(json)) AS permissions
        FROM resources
        WHERE resourcetype = 'AWS::EC2::SecurityGroup'
            AND resourceid IN (SELECT target FROM named)
    ),
    permissions AS (
        SELECT security_groups.resourceid, security_groups.accountid, security_groups.awsregion,
            json_format(permission) AS ranges,
            json_extract_scalar(permission, '$.IpProtocol') AS protocol,
            TRY_CAST(json_extract_scalar(permission, '$.FromPort') AS integer) AS first_port,
            TRY_CAST(json_extract_scalar(permission, '$.ToPort') AS integer) AS last_port
        FROM security_groups
        CROSS JOIN UNNEST(security_groups.permissions) AS entries (permission)
    ),
    sources AS (
        SELECT resourceid, protocol, first_port, last_port, ranges, NULL AS hidden FROM permissions
        UNION ALL
        SELECT permissions.resourceid, permissions.protocol, permissions.first_port,
            permissions.last_port, lists.ranges,
            CASE
                WHEN states.reason IS NOT NULL OR lists.ranges IS NULL
                    THEN concat(
                        coalesce(concat(states.reason, ': '), ''),
                        'the entries of ', entries.listid, ' are not known'
                    )
            END AS hidden
        FROM permissions
        CROSS JOIN UNNEST(regexp_extract_all(
            permissions.ranges, '"PrefixListId":\s*"(pl-[0-9a-z]+)"', 1
        )) AS entries (listid)
        LEFT JOIN lists ON entries.listid = lists.resourceid
        LEFT JOIN states
            ON coalesce(lists.accountid, permissions.accountid) = states.accountid
            AND coalesce(lists.awsregion, permissions.awsregion) = states.awsregion
            AND states.listing = 'DescribeManagedPrefixLists'
    ),
    rules AS (
        SELECT sources.resourceid, families.family, sources.protocol, sources.first_port,
            sources.last_port, sources.hidden,
            concat(
                CASE WHEN sources.protocol = '-1' THEN 'all' ELSE sources.protocol END,
                CASE
                    WHEN sources.protocol NOT IN ('tcp', 'udp', '6', '17')
                        OR sources.first_port IS NULL
                        THEN ''
                    WHEN sources.first_port = sources.last_port
                        THEN concat(' ', CAST(sources.first_port AS varchar))
                    ELSE concat(
                        ' ', CAST(sources.first_port AS varchar), '-',
                        CAST(sources.last_port AS varchar)
                    )
                END
            ) AS ports
        FROM sources
        CROSS JOIN families
        WHERE sources.hidden IS NOT NULL
            OR CASE families.family
                WHEN 'IPv4'
                    THEN regexp_like(
                        sources.ranges, '"(Cidr|CidrIp)":\s*"(0\.0\.0\.0/[01]|128\.0\.0\.0/1)"'
                    )
                ELSE regexp_like(
                    sources.ranges, '"(Cidr|CidrIpv6)":\s*"(::/[0-2]|[23]000::/[34])"'
                )
            END
    ),
    doors AS (
        SELECT faces.arn, faces.family,
            CASE WHEN states.reason IS NULL AND rules.hidden IS NULL THEN rules.ports END AS ports,
            CASE
                WHEN states.reason IS NULL AND rules.hidden IS NULL AND rules.ports IS NOT NULL
                    THEN named.target
            END AS door,
            CASE
                WHEN states.reason IS NOT NULL
                    THEN concat(states.reason, ': the rules of ', named.target)
                WHEN security_groups.resourceid IS NULL
                    THEN concat(named.target, ' is in no listing')
                WHEN security_groups.permissions IS NULL
                    THEN concat('the rules of ', named.target, ' could not be read')
                ELSE rules.hidden
            END AS hidden
        FROM faces
        INNER JOIN named
            ON faces.arn = named.arn AND named.targettype = 'AWS::EC2::SecurityGroup'
        LEFT JOIN security_groups ON named.target = security_groups.resourceid
        LEFT JOIN states
            ON coalesce(security_groups.accountid, named.accountid) = states.accountid
            AND coalesce(security_groups.awsregion, named.awsregion) = states.awsregion
            AND states.listing = 'DescribeSecurityGroups'
        LEFT JOIN rules
            ON security_groups.resourceid = rules.resourceid
            AND faces.family = rules.family
            AND (
                faces.port IS NULL
                OR rules.protocol = '-1'
                OR rules.first_port IS NULL
                OR (
                    rules.protocol IN ('tcp', '6')
                    AND faces.port BETWEEN rules.first_port AND rules.last_port
                )
            )
        UNION ALL
        SELECT faces.arn, faces.family,
            CASE WHEN faces.isnetworkbalancer THEN listeners.ports END AS ports,
            CASE WHEN faces.isnetworkbalancer THEN 'no security group' END AS door,
            CASE WHEN NOT coalesce(faces.isnetworkbalancer, false) THEN 'no security group is told' END
            AS hidden
        FROM faces
        LEFT JOIN (
            SELECT json_extract_scalar(configuration, '$.LoadBalancerArn') AS arn,
                concat(
                    lower(json_extract_scalar(configuration, '$.Protocol')), ' ',
                    json_extract_scalar(configuration, '$.Port')
                ) AS ports
            FROM resources
            WHERE resourcetype = 'AWS::ElasticLoadBalancingV2::Listener'
        ) AS listeners ON faces.arn = listeners.arn
        WHERE faces.arn NOT IN (
                SELECT arn FROM named WHERE targettype = 'AWS::EC2::SecurityGroup'
            )
    ),
    entrances AS (
        SELECT arn, family, count(door) > 0 AS isopen, count(hidden) > 0 AS ishidden,
            array_join(array_agg(DISTINCT ports ORDER BY ports) FILTER (WHERE ports IS NOT NULL), ', ')
            AS ports,
            array_join(array_agg(DISTINCT door ORDER BY door) FILTER (WHERE door IS NOT NULL), ', ')
            AS door,
            min(hidden) AS hidden
        FROM doors
        GROUP BY arn, family
    ),
    places_of AS (
        SELECT arn, accountid, awsregion, target AS subnetid
        FROM named
        WHERE targettype = 'AWS::EC2::Subnet'
        UNION
        SELECT named.arn, named.accountid, named.awsregion,
            json_extract_scalar(edge, '$.target') AS subnetid
        FROM named
        INNER JOIN resources AS subnet_groups
            ON named.accountid = subnet_groups.accountid
            AND named.awsregion = subnet_groups.awsregion
            AND named.targettype = subnet_groups.resourcetype
            AND lower(named.target) = lower(subnet_groups.resourceid)
        CROSS JOIN UNNEST(TRY_CAST(TRY(json_parse(subnet_groups.relationships)) AS array(json)))
        AS entries (edge)
        WHERE subnet_groups.resourcetype LIKE '%SubnetGroup'
            AND json_extract_scalar(edge, '$.resourceType') = 'AWS::EC2::Subnet'
    ),
    subnets AS (
        SELECT resourceid, accountid, awsregion,
            json_extract_scalar(configuration, '$.VpcId') AS vpcid
        FROM resources
        WHERE resourcetype = 'AWS::EC2::Subnet'
            AND resourceid IN (SELECT subnetid FROM places_of)
    ),
    route_tables AS (
        SELECT resourceid, accountid, awsregion,
            json_extract_scalar(configuration, '$.VpcId') AS vpcid,
            TRY_CAST(json_extract(configuration, '$.Routes') AS array(json)) AS routes,
            coalesce(json_format(json_extract(configuration, '$.Associations')), '') AS associations
        FROM resources
        WHERE resourcetype = 'AWS::EC2::RouteTable'
    ),
    routes AS (
        SELECT told.resourceid, families.family, told.gateway,
            CASE
                WHEN told.isunknown
                    THEN concat(
                        coalesce(concat(told.reason, ': '), ''), 'the entries of ', told.listid,
                        ' are not known'
                    )
                WHEN told.gateway LIKE 'vpce-%' THEN concat(told.gateway, ' filters what passes')
            END AS hidden
        FROM (
            SELECT opening.*, states.reason,
                opening.listid IS NOT NULL AND (states.reason IS NOT NULL OR lists.ranges IS NULL)
                AS isunknown,
                concat(opening.route, coalesce(lists.ranges, '')) AS ranges
            FROM (
                SELECT resourceid, accountid, awsregion, json_format(route) AS route,
                    json_extract_scalar(route, '$.GatewayId') AS gateway,
                    json_extract_scalar(route, '$.DestinationPrefixListId') AS listid
                FROM route_tables
                CROSS JOIN UNNEST(routes) AS entries (route)
                WHERE regexp_like(json_extract_scalar(route, '$.GatewayId'), '^(igw|vpce)-')
                    AND coalesce(json_extract_scalar(route, '$.State'), '') <> 'blackhole'
            ) AS opening
            LEFT JOIN lists ON opening.listid = lists.resourceid
            LEFT JOIN states
                ON coalesce(lists.accountid, opening.accountid) = states.accountid
                AND coalesce(lists.awsregion, opening.awsregion) = states.awsregion
                AND states.listing = 'DescribeManagedPrefixLists'
        ) AS told
        CROSS JOIN families
        WHERE (told.isunknown AND told.gateway LIKE 'igw-%')
            OR CASE families.family
                WHEN 'IPv4'
                    THEN regexp_like(
                        told.ranges,
                        '"(DestinationCidrBlock|Cidr)":\s*"(0\.0\.0\.0/[01]|128\.0\.0\.0/1)"'
                    )
                ELSE regexp_like(
                    told.ranges,
                    '"(DestinationIpv6CidrBlock|Cidr)":\s*"(::/[0-2]|[23]000::/[34])"'
                )
            END
    ),
    routed AS (
        SELECT subnets.resourceid, subnets.accountid, subnets.awsregion,
            route_tables.resourceid AS tableid,
            route_tables.routes IS NULL AS isunread,
            strpos(route_tables.associations, concat('"', subnets.resourceid, '"')) > 0 AS isexplicit,
            row_number() OVER (
                PARTITION BY subnets.resourceid
                ORDER BY
                    CASE
                        WHEN strpos(
                                route_tables.associations, concat('"', subnets.resourceid, '"')
                            ) > 0
                            THEN 0
                        ELSE 1
                    END
            ) AS preference
        FROM subnets
        LEFT JOIN route_tables
            ON subnets.vpcid = route_tables.vpcid
            AND (
                regexp_like(route_tables.associations, '"Main":\s*true')
                OR strpos(route_tables.associations, concat('"', subnets.resourceid, '"')) > 0
            )
    ),
    ways_out AS (
        SELECT places_of.arn, faces.family,
            CASE
                WHEN subnet_states.reason IS NULL AND table_states.reason IS NULL
                    AND routes.hidden IS NULL
                    THEN routes.gateway
            END AS gateway,
            CASE
                WHEN subnet_states.reason IS NOT NULL
                    THEN concat(subnet_states.reason, ': ', places_of.subnetid)
                WHEN routed.resourceid IS NULL
                    THEN concat(places_of.subnetid, ' is in no listing')
                WHEN table_states.reason IS NOT NULL
                    THEN concat(table_states.reason, ': the routes of ', places_of.subnetid)
                WHEN routed.tableid IS NULL
                    THEN concat('the route table of ', places_of.subnetid, ' is in no listing')
                WHEN routed.isunread
                    THEN concat('the routes of ', routed.tableid, ' could not be read')
                ELSE routes.hidden
            END AS hidden
        FROM faces
        INNER JOIN places_of ON faces.arn = places_of.arn
        LEFT JOIN routed ON places_of.subnetid = routed.resourceid AND routed.preference = 1
        LEFT JOIN routes ON routed.tableid = routes.resourceid AND faces.family = routes.family
        LEFT JOIN states AS subnet_states
            ON coalesce(routed.accountid, places_of.accountid) = subnet_states.accountid
            AND coalesce(routed.awsregion, places_of.awsregion) = subnet_states.awsregion
            AND subnet_states.listing = 'DescribeSubnets'
        LEFT JOIN (
            SELECT accountid, awsregion, false AS isexplicit, min(reason) AS reason
            FROM relation_states
            WHERE service = 'ec2' AND listing = 'DescribeRouteTables'
            GROUP BY accountid, awsregion
            UNION ALL
            SELECT accountid, awsregion, true AS isexplicit, reason
            FROM states
            WHERE listing = 'DescribeRouteTables'
        ) AS table_states
            ON routed.accountid = table_states.accountid
            AND routed.awsregion = table_states.awsregion
            AND coalesce(routed.isexplicit, false) = table_states.isexplicit
    ),
    exits AS (
        SELECT arn, family, count(gateway) > 0 AS isopen, count(hidden) > 0 AS ishidden,
            array_join(
                array_agg(DISTINCT gateway ORDER BY gateway) FILTER (WHERE gateway IS NOT NULL), ', '
            ) AS gateway,
            min(hidden) AS hidden
        FROM ways_out
        GROUP BY arn, family
    ),
    owners AS (
        SELECT ends.arn, coalesce(
                min(CASE WHEN named.targettype = 'AWS::EC2::Instance' THEN named.target END),
                min(ends.described)
            ) AS serves
        FROM ends
        LEFT JOIN named ON ends.arn = named.arn
        GROUP BY ends.arn
    ),
    reached AS (
        SELECT
            CASE
                WHEN entrances.isopen AND exits.isopen THEN 'OPEN'
                ELSE 'NOT KNOWN'
            END AS answer,
            faces.resourcetype, faces.accountid, faces.awsregion, faces.resourcename, faces.arn,
            concat(faces.way, ', ', faces.family) AS way, nullif(entrances.ports, '') AS ports,
            owners.serves,
            CASE
                WHEN entrances.isopen AND exits.isopen
                    THEN concat(
                        faces.addresses,
                        ' through ', entrances.door, ' and ', exits.gateway
                    )
                ELSE concat(
                    CASE
                        WHEN NOT entrances.isopen AND NOT coalesce(exits.isopen, false)
                            THEN concat(entrances.hidden, '; ')
                        WHEN NOT entrances.isopen THEN entrances.hidden
                        ELSE ''
                    END,
                    CASE
                        WHEN NOT coalesce(exits.isopen, false)
                            THEN coalesce(exits.hidden, 'no subnet is told')
                        ELSE ''
                    END
                )
            END AS because
        FROM faces
        INNER JOIN entrances ON faces.arn = entrances.arn AND faces.family = entrances.family
        LEFT JOIN exits ON faces.arn = exits.arn AND faces.family = exits.family
        LEFT JOIN owners ON faces.arn = owners.arn AND faces.way = 'public address'
        WHERE (entrances.isopen OR entrances.ishidden)
            AND (exits.arn IS NULL OR exits.isopen OR exits.ishidden)
    ),
    judged AS (
        SELECT
            CASE json_extract_scalar(resources.findings, concat('$.', judges.finding))
                WHEN 'true' THEN 'OPEN'
                ELSE 'NOT KNOWN'
            END AS answer,
            resources.resourcetype, resources.accountid, resources.awsregion,
            resources.resourcename, resources.arn,
            lower(replace(judges.finding, '_', ' ')) AS way,
            CASE
                WHEN json_extract_scalar(resources.findings, concat('$.', judges.finding)) = 'true'
                    THEN NULL
                WHEN resources.unreadable <> '{}'
                    THEN concat('could not be read: ', resources.unreadable)
                ELSE 'a member that decides is missing in the answer of AWS'
            END AS because
        FROM resources
        INNER JOIN judges
            ON resources.resourcetype = judges.resourcetype
            AND strpos(resources.findings, concat('"', judges.finding, '"')) > 0
        WHERE judges.finding <> 'PUBLIC_DATABASE'
            OR json_extract_scalar(resources.findings, '$.PUBLIC_DATABASE') IS NULL
        UNION ALL
        SELECT 'NOT KNOWN' AS answer, resourcetype, accountid, awsregion, NULL AS resourcename,
            NULL AS arn, NULL AS way,
            concat('EARLIER_RELEASE: ', CAST(count(*) AS varchar), ' not judged yet') AS because
        FROM resources
        WHERE findings IS NULL AND resourcetype IN (SELECT resourcetype FROM judges)
        GROUP BY resourcetype, accountid, awsregion
        UNION ALL
        SELECT 'NOT KNOWN' AS answer, resourcetype, accountid, awsregion, resourcename, arn,
            NULL AS way,
            CASE
                WHEN configuration IS NULL OR regexp_like(unreadable, '"configuration')
                    THEN 'the configuration could not be read'
                ELSE 'Scheme is missing in the answer of AWS'
            END AS because
        FROM resources
        WHERE resourcetype IN (
                'AWS::EC2::NetworkInterface', 'AWS::EKS::Cluster',
                'AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancing::LoadBalancer'
            )
            AND (
                configuration IS NULL
                OR regexp_like(unreadable, '"configuration')
                OR (
                    resourcetype LIKE '%LoadBalancer'
                    AND json_extract_scalar(configuration, '$.Scheme') IS NULL
                    AND coalesce(json_extract_scalar(configuration, '$.Type'), '') <> 'gateway'
                )
            )
        UNION ALL
        SELECT
            CASE
                WHEN json_extract(configuration, '$.resourcesVpcConfig.publicAccessCidrs') IS NULL
                    THEN 'NOT KNOWN'
                ELSE 'OPEN'
            END AS answer,
            resourcetype, accountid, awsregion, resourcename, arn, 'public endpoint' AS way,
            CASE
                WHEN json_extract(configuration, '$.resourcesVpcConfig.publicAccessCidrs') IS NULL
                    THEN 'publicAccessCidrs is missing in the answer of AWS'
            END AS because
        FROM resources
        WHERE resourcetype = 'AWS::EKS::Cluster'
            AND json_extract_scalar(configuration, '$.resourcesVpcConfig.endpointPublicAccess') = 'true'
            AND coalesce(regexp_like(
                json_format(json_extract(configuration, '$.resourcesVpcConfig.publicAccessCidrs')),
                '"(0\.0\.0\.0/0|::/0)"'
            ), true)
            AND NOT regexp_like(unreadable, '"configuration')
    )
    SELECT open.answer, open.resourcetype, open.accountid, open.awsregion, open.resourcename,
        open.arn, accounts.accountname, open.way, open.ports, open.serves, open.because
    FROM (
        SELECT answer, resourcetype, accountid, awsregion, resourcename, arn, way, ports, serves,
            because
        FROM reached
        UNION ALL
        SELECT answer, resourcetype, accountid, awsregion, resourcename, arn, way,
            CASE way WHEN 'public endpoint' THEN 'tcp 443' END AS ports, NULL AS serves, because
        FROM judged
    ) AS open
    LEFT JOIN accounts ON open.accountid = accounts.accountid
